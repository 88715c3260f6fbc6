"""A plain `transitions` machine with the mistakes that such machines have: podproof verify examples/web_order.py:order.

Nothing here but the claims is for podproof.
"""

from podproof.api import Never, Passes, at
from transitions import Machine, State

order = Machine(
    states=["cart", "paid", "packed", "shipped", "returned", "disputed", "refused", State("delivered", final=True)],
    initial="cart",
    transitions=[
        {"trigger": "pay", "source": "cart", "dest": "paid", "conditions": "card_accepted"},
        {"trigger": "cancel", "source": ["cart", "paid"], "dest": "cart"},
        {"trigger": "pack", "source": "paid", "dest": "packed"},
        {"trigger": "ship", "source": ["packed", "returned"], "dest": "shipped", "unless": "address_missing"},
        {"trigger": "arrive", "source": "shipped", "dest": "delivered", "conditions": "somebody_home"},
        {"trigger": "arrive", "source": "shipped", "dest": "returned"},
        # Mistakes: nobody comes here any more; no way out; who wins where both are asked for?
        {"trigger": "arrive", "source": "shipped", "dest": "refused"},
        {"trigger": "complain", "source": "shipped", "dest": "disputed"},
        {"trigger": "audit", "source": "paid", "dest": "packed", "conditions": "suspicious"},
        {"trigger": "audit", "source": "paid", "dest": "cart", "conditions": "overdue"},
    ],
)

claims = {
    "Nothing is shipped before it is paid.": Passes(at("shipped"), at("paid")),
    "What was paid is not lost.": Never(at("disputed")),
}
