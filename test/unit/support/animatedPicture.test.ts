import assert from 'node:assert/strict';
import { PNG } from 'pngjs';
import { animatedPicture } from '../../support/animatedPicture.ts';

/** A picture of one grey, with one pixel that is white where that is wanted. */
function picture(white?: { readonly x: number; readonly y: number }): Buffer {
  const png = new PNG({ width: 8, height: 4 });
  png.data.fill(100);
  for (let at = 3; at < png.data.length; at += 4) png.data[at] = 255;
  if (white) png.data.fill(255, (white.y * 8 + white.x) * 4, (white.y * 8 + white.x) * 4 + 3);
  return PNG.sync.write(png);
}

function chunks(file: Buffer): readonly { readonly type: string; readonly data: Buffer }[] {
  const found = [];
  for (let at = 8; at < file.length; at += file.readUInt32BE(at) + 12) {
    found.push({
      type: file.toString('latin1', at + 4, at + 8),
      data: file.subarray(at + 8, at + 8 + file.readUInt32BE(at)),
    });
  }
  return found;
}

describe('an animated picture', () => {
  const still = { png: picture(), ms: 100 };
  const file = animatedPicture([still, still, { png: picture({ x: 5, y: 2 }), ms: 300 }]);

  it('is its first frame for whoever knows no animations', () => {
    assert.deepEqual(PNG.sync.read(file).data, PNG.sync.read(still.png).data);
  });

  it('has of each other frame what has changed, and shows what stays for longer', () => {
    const controls = chunks(file).filter(({ type }) => type === 'fcTL');
    const said = controls.map(({ data }) => [0, 4, 8, 12, 16].map((at) => data.readUInt32BE(at)));
    assert.deepEqual(said, [
      [0, 8, 4, 0, 0],
      [1, 1, 1, 5, 2],
    ]);
    assert.deepEqual(
      controls.map(({ data }) => data.readUInt16BE(20)),
      [200, 300],
    );
    assert.deepEqual(
      chunks(file).map(({ type }) => type),
      ['IHDR', 'acTL', 'fcTL', 'IDAT', 'fcTL', 'fdAT', 'IEND'],
    );
  });
});
