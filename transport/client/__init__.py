"""Python clients of the service, remote and in process."""
