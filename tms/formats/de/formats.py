"""As in English, with the point that German sets after the day."""

DATETIME_FORMAT = "j. M Y, H:i"
DATE_FORMAT = "j. M Y"
TIME_FORMAT = "H:i"
