"""Two functions take turns on one Lock, acquired and released by hand."""

import threading
import time

lock = threading.Lock()


def first_function():
    for i in range(5):
        time.sleep(0.5)
        lock.acquire()
        print("lock acquired")
        print("Executing the first function")
        time.sleep(1)
        lock.release()


def second_function():
    for i in range(5):
        time.sleep(0.6)
        lock.acquire()
        print("lock acquired")
        print("Executing the second function")
        time.sleep(1)
        lock.release()


if __name__ == "__main__":
    thread_one = threading.Thread(target=first_function)
    thread_two = threading.Thread(target=second_function)

    thread_one.start()
    thread_two.start()
    thread_one.join()
    thread_two.join()
