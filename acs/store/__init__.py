"""What the appliance remembers: verbs of the domain over one small database seam."""
