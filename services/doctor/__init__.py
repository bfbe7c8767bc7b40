"""`gridloop doctor`: finds what a newcomer gets wrong, and says what to do. It looks, and changes nothing."""
