"""Daemon workers get items for ever; main puts what there is and joins the queue, not the workers."""

import time
from queue import Queue
from threading import Thread

num_worker_threads = 3


def source():
    return ["apple", "banana", "cherry", "damson", "elder", "fig", "grape"]


def do_work(item):
    time.sleep(1)
    print(f"worked on {item}")


def worker():
    while True:
        item = q.get()
        do_work(item)
        q.task_done()


q = Queue()
for i in range(num_worker_threads):
    t = Thread(target=worker)
    t.daemon = True
    t.start()

for item in source():
    q.put(item)

q.join()  # block until all tasks are done
print("all tasks are done")
