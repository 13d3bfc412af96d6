import type { Scheduler } from './clock.ts';

interface Task {
  time: number;
  run: () => void;
}

/** A clock that stands still until it is moved, for tests. */
export class ManualClock implements Scheduler {
  #now: number;
  readonly #tasks = new Set<Task>();

  /** @param now where it begins; any time will do */
  constructor(now = Date.UTC(2030, 0, 1)) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  at(time: number, run: () => void): () => void {
    const task = { time, run };
    this.#tasks.add(task);
    return () => this.#tasks.delete(task);
  }

  /** Moves on; what becomes due on the way runs in order, each at its own time. */
  advance(milliseconds: number): void {
    const end = this.#now + milliseconds;
    for (let task = this.#next(); task && task.time <= end; task = this.#next()) this.#run(task);
    this.#now = end;
  }

  /** Moves on to the next task and runs it. False when there is none. */
  advanceToNext(): boolean {
    const task = this.#next();
    if (task) this.#run(task);
    return task !== undefined;
  }

  #next(): Task | undefined {
    let first: Task | undefined;
    for (const task of this.#tasks) if (!first || task.time < first.time) first = task;
    return first;
  }

  #run(task: Task): void {
    this.#tasks.delete(task);
    this.#now = Math.max(this.#now, task.time);
    task.run();
  }
}
