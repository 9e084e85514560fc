"""``economy``: prices, rent, income and what a household starts with."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from townlet.config.base import Fraction, Price, Section, Text

MEALS_PER_DAY = 3
STARTING_RENTS = 1.5


class Economy(Section):
    """Prices, rent, income and starting goods; money is 1.0 for the default price of a meal."""

    meal_cost: Price = Field(1.0, description="Price of a meal in a shop.")
    ingredients_cost: Price = Field(0.5, description="Price of one ingredient.")
    cook_energy_cost: Fraction = Field(0.05, description="Kept from the prototype's basket.")
    cook_hygiene_cost: Fraction = Field(0.02, description="Kept from the prototype's basket.")
    wage_income: Price = Field(0.02, description="Wage per paid tick where a job names none.")
    stove_stock_replenish: int = Field(
        2, ge=0, le=1000, description="Ingredients a stove is restocked with."
    )
    public_shower: Price = Field(0.4, description="Price of a shower outside one's home.")
    coffee: Price = Field(0.5, description="Price of a coffee.")
    gym: Price = Field(0.5, description="Price of a visit to the gym.")
    rent: Price = Field(5.0, description="Rent per agent and day.")
    wholesale_share: Fraction = Field(
        0.5, description="Share of a price that a place pays for the goods."
    )
    allowance: Price | None = Field(
        None,
        description="Paid to each agent every day; unset: 0, one basket in a town without jobs.",
    )
    starting_wallet: Price | None = Field(
        None, description="Money of a newcomer; unset: 1.5 times the rent."
    )
    starting_ingredients: int = Field(1, ge=0, le=255, description="Ingredients a newcomer brings.")
    starting_clean_clothes: int = Field(
        1, ge=0, le=255, description="Clean clothes a newcomer brings."
    )
    daily_ingredients: int = Field(
        3, ge=0, le=255, description="Ingredients a resident needs in a day."
    )
    place_factors: dict[Text, Annotated[float, Field(ge=0.0, le=100.0)]] = Field(
        default_factory=lambda: {"cafe": 1.0},
        description="Factors on prices by kind of place; the others are 1.0.",
    )

    def basket(self) -> float:
        """Return what a day costs: rent, three meals, one public shower."""
        return self.rent + MEALS_PER_DAY * self.meal_cost + self.public_shower

    def daily_allowance(self, jobless: bool = False) -> float:
        """Return the allowance of a day: what the file says, else one basket where no jobs are."""
        if self.allowance is not None:
            return self.allowance
        return self.basket() if jobless else 0.0

    def starting_money(self) -> float:
        """Return what a newcomer's wallet holds, 1.5 rents unless the file says otherwise."""
        if self.starting_wallet is None:
            return STARTING_RENTS * self.rent
        return self.starting_wallet
