"""As in English, with the points that German sets after the day and after a month that is cut short: 3. Nov. 2026, 3. Mai 2026."""

DATETIME_FORMAT = "j. N Y, H:i"
DATE_FORMAT = "j. N Y"
TIME_FORMAT = "H:i"
