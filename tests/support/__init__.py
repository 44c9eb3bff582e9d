"""What several tests share: examples, strategies, judges, and ends to talk to."""
