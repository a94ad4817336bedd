"""What a person sees in the panel: icon, menu, notifications. Windows are beside it."""
