import assert from 'node:assert/strict';
import {
  candidateLabel,
  choiceSentences,
  describeCandidate,
  describeCandidateFully,
} from '../../../src/wording/choices.ts';

describe('what is said of choosing', () => {
  const plain = { isPicked: false, isArchived: false, isEdited: false, length: 1240 };
  const mug = { promptName: 'page', row: 'mug', number: 3, path: '/p/candidates/page/mug/03.md' };

  it('calls a candidate by prompt, row and number, or by the name that a person has given it', () => {
    assert.equal(candidateLabel(mug), 'page · mug · 03');
    const { number: _, ...renamed } = mug;
    assert.equal(candidateLabel({ ...renamed, row: '', path: 'C:\\p\\best.md' }), 'page · best.md');
  });

  it('tells the rating first, and nothing that is not known', () => {
    assert.equal(describeCandidate(plain), '1,240 characters');
    assert.equal(
      describeCandidate({ ...plain, rating: 4, model: 'small', made: { cost: 0.0123, finish: 'length' } }),
      '4 of 5 · cut · 1,240 characters · small · cost 0.012',
    );
    assert.equal(describeCandidate({ ...plain, isPicked: true, length: 1 }), 'picked · 1 character');
  });

  it('tells all of it with its note and whom it is like', () => {
    assert.deepEqual(
      describeCandidateFully({
        ...plain,
        note: 'Warm',
        isEdited: true,
        similarTo: { kind: 'near', key: '/p/candidates/page/mug/01.md' },
      }),
      ['1,240 characters', 'Note: Warm', 'Edited since it was generated', 'Says nearly the same as 01.md'],
    );
  });

  it('is one sentence for one and for several', () => {
    assert.equal(choiceSentences.archived([mug]), 'page · mug · 03 is in the archive.');
    assert.equal(choiceSentences.archived([mug, mug]), '2 candidates are in the archive.');
    assert.equal(choiceSentences.rated([mug], 4), 'page · mug · 03 is rated 4 of 5.');
    assert.equal(choiceSentences.rated([mug, mug], undefined), '2 candidates have no rating any more.');
    assert.equal(choiceSentences.pickedBest('page', 1), 'page: 1 candidate is picked.');
  });
});
