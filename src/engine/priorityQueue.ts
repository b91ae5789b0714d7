import FlatQueue from 'flatqueue';
import type { Priority } from '../model/item.ts';

export type QueueOrder = 'oldest' | 'newest';

/** A place in the queue; the handle for taking it out again or moving it. */
export interface Ticket<Value> {
  readonly value: Value;
  readonly priority: Priority;
  readonly sequence: number;
  live: boolean;
}

const sequenceRange = 2 ** 48;
/** Rebuilding is worth its cost only when most of a large heap is cancelled entries. */
const smallestSweep = 1024;

/**
 * A heap of values by priority, stable by sequence within one. Cancelling and reprioritising mark the old entry dead in
 * O(1); dead entries are dropped when they surface, or all at once when they outnumber the living.
 */
export class PriorityQueue<Value> {
  readonly #order: QueueOrder;
  #heap = new FlatQueue<Ticket<Value>>();
  #size = 0;

  constructor(order: QueueOrder = 'oldest') {
    this.#order = order;
  }

  get size(): number {
    return this.#size;
  }

  /** `sequence` (0 to 2^48-1) decides the order within a priority; a value that comes back keeps its place with it. */
  add(value: Value, priority: Priority, sequence: number): Ticket<Value> {
    const ticket: Ticket<Value> = { value, priority, sequence, live: true };
    this.#heap.push(ticket, this.#key(priority, sequence));
    this.#size++;
    return ticket;
  }

  /** False if the ticket was already taken or cancelled. */
  cancel(ticket: Ticket<Value>): boolean {
    if (!ticket.live) return false;
    ticket.live = false;
    this.#size--;
    this.#sweep();
    return true;
  }

  /** The new ticket, or undefined if the old one was already taken or cancelled. */
  reprioritise(ticket: Ticket<Value>, priority: Priority): Ticket<Value> | undefined {
    return this.cancel(ticket) ? this.add(ticket.value, priority, ticket.sequence) : undefined;
  }

  peek(): Ticket<Value> | undefined {
    for (;;) {
      const head = this.#heap.peek();
      if (head === undefined || head.live) return head;
      this.#heap.pop();
    }
  }

  pop(): Ticket<Value> | undefined {
    const head = this.peek();
    if (head === undefined) return undefined;
    this.#heap.pop();
    head.live = false;
    this.#size--;
    if (this.#heap.ids.length > smallestSweep && this.#heap.length < this.#heap.ids.length / 2) this.#heap.shrink();
    return head;
  }

  #key(priority: Priority, sequence: number): number {
    return priority * 2 * sequenceRange + (this.#order === 'oldest' ? sequence : sequenceRange - sequence);
  }

  #sweep(): void {
    const dead = this.#heap.length - this.#size;
    if (dead < smallestSweep || dead < this.#size) return;
    const survivors = this.#heap.ids.slice(0, this.#heap.length).filter((ticket) => ticket.live);
    this.#heap = new FlatQueue<Ticket<Value>>();
    for (const ticket of survivors) this.#heap.push(ticket, this.#key(ticket.priority, ticket.sequence));
  }
}
