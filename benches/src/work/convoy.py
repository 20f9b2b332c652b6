# The server of convoy.rs for CPython: answers bytes on standard input, beside threads that compute.
import socket
import sys
import threading
import time

threads, over, counts = int(sys.argv[1]), False, []


def compute(number):
    count = 0
    while not over:
        count += 1
    counts.append(count)


computing = [threading.Thread(target=compute, args=(number,)) for number in range(threads)]
for thread in computing:
    thread.start()
start = time.perf_counter()
client = socket.socket(fileno=0)
while byte := client.recv(1):
    client.send(byte)
over = True
elapsed = time.perf_counter() - start
for thread in computing:
    thread.join()
print(sum(counts) / elapsed / 1e6, min(counts, default=0) / max(counts + [1]))
