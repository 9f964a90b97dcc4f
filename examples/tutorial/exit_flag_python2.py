"""Workers that look into a queue until a flag tells them to end, as it was written for Python 2."""

import Queue
import threading
import time

exitFlag = 0


class myThread(threading.Thread):
    def __init__(self, threadID, name, q):
        threading.Thread.__init__(self)
        self.threadID = threadID
        self.name = name
        self.q = q

    def run(self):
        print("Starting " + self.name)
        process_data(self.name, self.q)
        print("Exiting " + self.name)


def process_data(threadName, q):
    while not exitFlag:
        queueLock.acquire()
        if not workQueue.empty():
            data = q.get()
            queueLock.release()
            print("%s processing %s" % (threadName, data))
        else:
            queueLock.release()
        time.sleep(1)


queueLock = threading.Lock()
workQueue = Queue.Queue(10)
threads = []

for threadID, tName in enumerate(["Thread-1", "Thread-2", "Thread-3"], 1):
    thread = myThread(threadID, tName, workQueue)
    thread.start()
    threads.append(thread)

queueLock.acquire()
for word in ["One", "Two", "Three", "Four", "Five"]:
    workQueue.put(word)
queueLock.release()

while not workQueue.empty():
    pass

exitFlag = 1

for t in threads:
    t.join()
print("Exiting Main Thread")
