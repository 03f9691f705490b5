import gc

import pytest

from graph.settings import Settings
from transport.cli.serve import enable_gc, fast_startup

# With a store of one's own nothing is started here.
SETTINGS = Settings.model_validate({"store_url": "postgresql://nowhere/querent"})


def test_garbage_is_looked_for_among_what_is_new_once_the_service_is_open() -> None:
    with fast_startup(SETTINGS):
        assert not gc.isenabled()
        enable_gc()
        assert gc.isenabled()
        assert gc.get_freeze_count() > 0
    assert gc.get_freeze_count() == 0


def test_garbage_is_looked_for_again_where_the_service_does_not_open() -> None:
    with pytest.raises(OSError), fast_startup(SETTINGS):
        raise OSError
    assert gc.isenabled()
