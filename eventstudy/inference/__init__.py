"""Is it abnormal: null distributions, p-values, intervals and minimum detectable effects."""
