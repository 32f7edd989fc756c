echo capabilities
