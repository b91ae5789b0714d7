const words = (
  'amber arch basin birch blue bread bridge calm candle cedar chair clay cloud coast copper corner cotton curtain ' +
  'dawn door drift early ember fabric fern field flax floor garden gentle glass grain green harbour hazel honey ' +
  'house island ivory juniper kettle lamp lantern leaf light linen maple meadow mill morning moss north oak olive ' +
  'orchard paper pebble pine plain quiet rain river roof salt sand shade shore silver slate soft south spring stone ' +
  'summer table thread timber valley velvet village walnut warm water west wheat willow window winter wood wool'
).split(' ');

/** A text of `count` tokens, one word each, as the tokens that concatenate to it. */
export function writeTokens(random: () => number, count: number): string[] {
  const tokens: string[] = [];
  let sentenceLeft = 0;
  for (let index = 0; index < count; index++) {
    const word = words[Math.floor(random() * words.length)] ?? '';
    const starts = sentenceLeft === 0;
    if (starts) {
      sentenceLeft = 5 + Math.floor(random() * 8);
    }
    sentenceLeft--;
    const ends = sentenceLeft === 0 || index === count - 1;
    tokens.push(
      (index === 0 ? '' : ' ') + (starts ? word.charAt(0).toUpperCase() + word.slice(1) : word) + (ends ? '.' : ''),
    );
  }
  return tokens;
}

/** The part of `tokens` that chunk `index` of `count` carries. */
export function tokensOfChunk(tokens: readonly string[], index: number, count: number): readonly string[] {
  return tokens.slice(Math.floor((tokens.length * index) / count), Math.floor((tokens.length * (index + 1)) / count));
}
