export type Random = () => number;

export function pick<Value>(random: Random, values: readonly [Value, ...Value[]]): Value {
  return values[Math.floor(random() * values.length)] ?? values[0];
}

export const openings = [
  'Some things earn their place slowly.',
  'It begins with a simple question: what would make an ordinary day better?',
  'There is a quiet pleasure in things that simply work.',
  'Nobody remembers the first version, and that is as it should be.',
  'Ask the people who use it every day and you hear the same word twice.',
  'The best ideas rarely announce themselves.',
] as const;

export const middles = [
  '{Subject} takes the part that used to be a chore and makes it the part you look forward to.',
  'With {subject}, the details were settled early: fewer steps, clearer choices, nothing to look up twice.',
  'Every decision behind {subject} starts from what people actually do, not from what a chart says they should.',
  'What sets {subject} apart is restraint, because each thing left out makes room for the one you came for.',
  'You notice {subject} most in the moments when nothing goes wrong.',
  'The first week with {subject} is about {detail}; after that you stop thinking about it.',
  'For {detail}, there is no trick to learn, only a habit that comes by itself.',
  'It is made for mornings that start late, for guests who stay longer, and for {detail}.',
] as const;

export const closings = [
  'Try it once, and keep it because you want to.',
  'The rest you will find out for yourself.',
  'Good on the first day, better on the hundredth.',
  'It is not louder than the others, just easier to live with.',
  'Made to be used, not to be explained.',
] as const;

export const lines = [
  '{Subject}: less to do, more to enjoy.',
  'Wake up to {subject}.',
  '{Subject}. Because good things take no time at all.',
  'Made slowly, so that your day need not be.',
  '{Subject}, for everyone who has better things to do.',
  'The small part of the day that gets {detail} right.',
  'Quietly better, every single day: {subject}.',
  'Nothing extra. Nothing missing. {Subject}.',
  'Come for {detail}. Stay for {subject}.',
  '{Subject}: the difference you stop noticing and never give back.',
] as const;

export const haikuFirst = [
  'Rain on the tin roof',
  'Steam above the cup',
  'Late light on the sill',
  'A door left ajar',
] as const;
export const haikuSecond = [
  'the page waits for its first word',
  'somebody hums the old tune',
  'a small boat turns toward home',
  'the street learns to speak softly',
] as const;
export const haikuThird = [
  'morning comes by foot',
  'nothing else to do',
  'and the kettle sings',
  'we are almost there',
] as const;

export const headings = [
  'Why people keep it',
  'How it feels',
  'What is inside',
  'A closer look',
  'On an ordinary day',
] as const;

export const details = [
  'slow mornings',
  'busy weekdays',
  'good company',
  'the long way home',
  'small celebrations',
  'a quiet half hour',
  'the first five minutes',
  'people in a hurry',
] as const;

/** A phrase with what it is about in its gaps. */
export function fill(template: string, subject: string, detail: string): string {
  const capitalised = subject.charAt(0).toUpperCase() + subject.slice(1);
  return template.replaceAll('{Subject}', capitalised).replaceAll('{subject}', subject).replaceAll('{detail}', detail);
}
