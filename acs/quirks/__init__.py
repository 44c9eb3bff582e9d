"""What is done differently for devices that are not made to the letter.

Here are the adapters, the quirks, and the rules that say whose they are.
"""
