"""What agents observe: the shape of maps, the table of features, and views of the buffers.

The numbers are written by ``townlet_systems.maps`` and ``townlet_systems.features``; this package
says what they mean.
"""
