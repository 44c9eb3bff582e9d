"""What is done differently for devices that are not made to the letter: adapters, quirks, and the rules that
say whose they are."""
