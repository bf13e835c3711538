"""The home-goods hotline as a Rasa 3 project; see README.md for what it does and orders to try."""
