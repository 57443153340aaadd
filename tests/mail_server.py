"""A mail server on this machine that keeps what it is given."""

import socketserver


class Session(socketserver.StreamRequestHandler):
    """As much of SMTP as a client needs. Refuses whoever is called nobody."""

    server: "MailServer"

    def handle(self):
        self.server.sessions += 1
        self.say("220 mail.test")
        while line := self.rfile.readline().decode().strip():
            verb = line.split()[0].upper()
            if verb == "RCPT" and "nobody" in line:
                self.say("550 5.1.1 no such mailbox")
            elif verb == "DATA":
                self.say("354 go on")
                self.server.letters.append(b"".join(iter(self.rfile.readline, b".\r\n")).decode())
                self.say("250 taken")
            elif verb == "QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 ok")

    def say(self, line):
        self.wfile.write(f"{line}\r\n".encode())


class MailServer(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Session)
        self.sessions = 0
        self.letters = []
