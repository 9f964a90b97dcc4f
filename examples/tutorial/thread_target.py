"""The same function as the target of three Thread objects, which are joined."""

import time
from threading import Thread


def thread_test(name, wait):
    for _ in range(4):
        time.sleep(wait)
        print(f"Running {name}")
    print(f"{name} has finished execution")


if __name__ == "__main__":
    thread1 = Thread(target=thread_test, args=("First Thread", 1))
    thread2 = Thread(target=thread_test, args=("Second Thread", 2))
    thread3 = Thread(target=thread_test, kwargs={"name": "Third Thread", "wait": 3})

    thread1.start()
    thread2.start()
    thread3.start()

    thread1.join()
    thread2.join()
    thread3.join()
    print("all three have been joined")
