"""Calendars (iCalendar): attendance made of appointments."""
