"""An auto-configuration server for TR-069 (CWMP), by which an ISP manages its customers' devices."""

__version__ = "0.1.0"
