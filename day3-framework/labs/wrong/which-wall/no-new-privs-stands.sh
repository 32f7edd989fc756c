echo no-new-privs
