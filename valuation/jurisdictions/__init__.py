"""What differs from place to place, and how do raw tables of a place become sales and a roll?"""
