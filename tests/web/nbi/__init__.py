"""Tests of GenieACS's northbound interface, over the whole site and a real store."""
