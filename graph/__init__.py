"""The order: six nodes, who is next, and the runs that go through them."""
