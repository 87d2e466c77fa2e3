"""The desktop: curate, ferry, watch, bring home. Never loads torch."""
