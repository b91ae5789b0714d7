import assert from 'node:assert/strict';
import { systemClock } from '../../../src/base/clock.ts';
import { QueueWatch } from '../../../src/editor/views/queueWatch.ts';
import type { RunSample, ServiceSnapshot } from '../../../src/model/activity.ts';
import type { HostMessage } from '../../../src/protocol.ts';
import { LiveTexts } from '../../../src/runs/board/liveTexts.ts';
import type { Runs } from '../../../src/runs/runs.ts';

const service: ServiceSnapshot = {
  ...{ names: ['local'], requests: { used: 1 }, tokens: { used: 0 }, inFlight: 1, concurrency: 5, configured: 'auto' },
  ...{ breaker: 'closed', trips: 0, workers: [], workerCount: 0 },
};

describe('what is sent beside the queue', () => {
  let sent: HostMessage[];
  let services: ServiceSnapshot[];
  let samples: RunSample[];
  let texts: LiveTexts;
  let watch: QueueWatch;

  beforeEach(() => {
    sent = [];
    services = [service];
    samples = [{ at: 1, perMinute: 2 }];
    texts = new LiveTexts(systemClock, (error) => {
      throw error;
    });
    const activity = { services: () => services, samples: () => samples };
    watch = new QueueWatch({ texts, active: [], activity } as unknown as Runs, (message) => sent.push(message));
  });

  afterEach(() => watch.dispose());

  it('is nothing that nobody looks at', () => {
    watch.watch({ services: false, previews: [] });
    watch.poke();
    assert.deepEqual(sent, []);
  });

  it('is what is looked at, at once, and again only when it has changed', () => {
    const looked = { services: true, samples: 'r', previews: [] };
    watch.watch(looked);
    watch.watch(looked);
    assert.deepEqual(
      sent.map(({ type }) => type),
      ['services', 'samples'],
    );
    services = [{ ...service, inFlight: 2 }];
    samples = [...samples, { at: 2, perMinute: 3 }];
    watch.watch(looked);
    assert.deepEqual(
      sent.slice(2).map(({ type }) => type),
      ['services', 'samples'],
    );
  });

  it('is all of it for a panel that comes back', () => {
    watch.watch({ services: true, previews: [] });
    watch.rest();
    watch.watch({ services: true, previews: [] });
    assert.equal(sent.length, 2);
  });

  it('is the end of the texts that are in sight', async () => {
    const arrived = new Promise<HostMessage>((resolve) => {
      watch.dispose();
      const runs = { texts, active: [], activity: {} } as unknown as Runs;
      watch = new QueueWatch(runs, resolve);
    });
    texts.began({ run: 'r', item: 'a' }, () => 'Once upon\na time');
    texts.began({ run: 'r', item: 'b' }, () => 'not in sight');
    watch.watch({ services: false, previews: [{ run: 'r', item: 'a' }] });
    assert.deepEqual(await arrived, {
      type: 'previews',
      previews: [{ run: 'r', item: 'a', text: 'Once upon a time' }],
    });
  });
});
