"""The bridge to the hotline's own system: its codes, its cases by the thousand, and what it is told back."""
