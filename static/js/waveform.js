// Draws the two tracks of a call from peaks that the server made (values from 0 to 100).

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function drawLane(context, peaks, middle, half, width) {
  const columns = Math.max(1, Math.floor(width / 3));
  for (let column = 0; column < columns; column += 1) {
    const from = Math.floor((column * peaks.length) / columns);
    const to = Math.max(from + 1, Math.floor(((column + 1) * peaks.length) / columns));
    let loudest = 0;
    for (let index = from; index < to; index += 1) loudest = Math.max(loudest, peaks[index] ?? 0);
    // Speech is quiet most of the time: the square root keeps soft syllables visible.
    const height = Math.max(1, half * Math.sqrt(loudest / 100));
    context.fillRect(column * 3, middle - height, 2, height * 2);
  }
}

/** Paint both lanes onto the canvas at its present size; without peaks only the middle lines appear. */
export function drawWaveform(canvas, peaks) {
  const scale = window.devicePixelRatio || 1;
  const { width, height } = canvas.getBoundingClientRect();
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const context = canvas.getContext("2d");
  context.scale(scale, scale);
  context.clearRect(0, 0, width, height);
  ["caller", "bot"].forEach((lane, index) => {
    context.fillStyle = colour(`--${lane}`);
    drawLane(context, peaks?.[lane] ?? [0], height * (0.25 + 0.5 * index), height * 0.22, width);
  });
}
