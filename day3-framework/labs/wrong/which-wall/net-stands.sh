echo net
