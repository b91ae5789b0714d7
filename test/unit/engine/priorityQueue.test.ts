import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Priority } from '../../../src/model/item.ts';
import { PriorityQueue, type QueueOrder, type Ticket } from '../../../src/engine/priorityQueue.ts';

const priority = fc.integer({ min: 0, max: 9 }).map((value) => value as Priority);

function drain(queue: PriorityQueue<number>): number[] {
  const values: number[] = [];
  for (let ticket = queue.pop(); ticket; ticket = queue.pop()) values.push(ticket.value);
  return values;
}

describe('priority queue', () => {
  for (const order of ['oldest', 'newest'] as const satisfies readonly QueueOrder[]) {
    it(`comes out by priority, ${order} first within one, whatever happened before`, () => {
      const action = fc.oneof(
        fc.record({ kind: fc.constant('add' as const), priority }),
        fc.record({ kind: fc.constant('cancel' as const), which: fc.nat() }),
        fc.record({ kind: fc.constant('reprioritise' as const), which: fc.nat(), priority }),
        fc.record({ kind: fc.constant('pop' as const) }),
      );
      fc.assert(
        fc.property(fc.array(action, { maxLength: 200 }), (actions) => {
          const queue = new PriorityQueue<number>(order);
          const live: { value: number; priority: number; ticket: Ticket<number> }[] = [];
          const inOrder = () =>
            live.sort(
              (a, b) => a.priority - b.priority || (order === 'oldest' ? a.value - b.value : b.value - a.value),
            );
          for (const [sequence, step] of actions.entries()) {
            switch (step.kind) {
              case 'add':
                live.push({
                  value: sequence,
                  priority: step.priority,
                  ticket: queue.add(sequence, step.priority, sequence),
                });
                break;
              case 'cancel': {
                const [cancelled] = live.splice(step.which % Math.max(1, live.length), 1);
                if (cancelled) {
                  assert.ok(queue.cancel(cancelled.ticket));
                  assert.ok(!queue.cancel(cancelled.ticket));
                }
                break;
              }
              case 'reprioritise': {
                const moved = live[step.which % Math.max(1, live.length)];
                if (moved) {
                  const ticket = queue.reprioritise(moved.ticket, step.priority);
                  assert.ok(ticket);
                  moved.ticket = ticket;
                  moved.priority = step.priority;
                }
                break;
              }
              case 'pop': {
                inOrder();
                assert.equal(queue.pop()?.value, live.shift()?.value);
                break;
              }
            }
            assert.equal(queue.size, live.length);
          }
          assert.deepEqual(
            drain(queue),
            inOrder().map(({ value }) => value),
          );
        }),
      );
    });
  }

  it('cancels 50,000 of 100,000 and keeps the rest in order', () => {
    const queue = new PriorityQueue<number>();
    const tickets = Array.from({ length: 100_000 }, (_, value) => queue.add(value, (value % 10) as Priority, value));
    for (let value = 0; value < 100_000; value += 2) queue.cancel(tickets[value]!);
    assert.equal(queue.size, 50_000);
    const values = drain(queue);
    assert.equal(values.length, 50_000);
    assert.ok(
      values.every((value, place) => place === 0 || value % 10 > values[place - 1]! % 10 || value > values[place - 1]!),
    );
  });
});
