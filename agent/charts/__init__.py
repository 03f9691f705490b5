"""Pictures of a result, chosen by its shape and drawn by code: nothing a model wrote is ever executed."""
