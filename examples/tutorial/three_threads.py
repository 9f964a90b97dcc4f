"""Three threads of the low-level module, each with a name and a wait of its own; nobody can join them, so main sleeps."""

import _thread
import time


def thread_test(name, wait):
    i = 0
    while i <= 3:
        time.sleep(wait)
        print("Running %s" % name)
        i = i + 1
    print("%s has finished execution" % name)


try:
    _thread.start_new_thread(thread_test, ("First Thread", 1))
    _thread.start_new_thread(thread_test, ("Second Thread", 2.25))
    _thread.start_new_thread(thread_test, ("Third Thread", 3.5))
except RuntimeError:
    print("Error: unable to start thread")

time.sleep(15)
print("main ends")
