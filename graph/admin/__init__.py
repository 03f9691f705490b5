"""Administrative use cases behind the CLI and the REST API, which are thin doors to them."""
