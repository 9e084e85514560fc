"""Affordances: what agents can do with objects, as data."""

from townlet.affordances.entries import Affordance as Affordance
from townlet.affordances.entries import ManifestObject as ManifestObject
from townlet.affordances.manifest import BUILTIN_PATH as BUILTIN_PATH
from townlet.affordances.manifest import Manifest as Manifest
from townlet.affordances.manifest import load_manifest as load_manifest
from townlet.affordances.sentences import ManifestError as ManifestError
from townlet.affordances.table import AffordanceTable as AffordanceTable
from townlet.affordances.table import compile_affordances as compile_affordances
from townlet.affordances.watch import ManifestWatcher as ManifestWatcher
from townlet.affordances.watch import ReloadResult as ReloadResult
