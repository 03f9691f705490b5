from graph.state import RunInput, State, Update


def test_an_update_may_hold_every_field_but_the_input() -> None:
    assert set(Update.__annotations__) == set(State.__annotations__) - set(RunInput.__annotations__)
