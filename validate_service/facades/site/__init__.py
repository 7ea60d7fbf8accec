"""Everything of the site that is no legacy surface: the start page and the probes of load balancers."""
