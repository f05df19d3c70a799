// Plays prompts where they stand; nothing is loaded before somebody listens. Without it a link leads to the sound.

const player = new Audio();
let playing = null;

for (const link of document.querySelectorAll(".listen")) {
  link.setAttribute("role", "button");
  link.addEventListener("click", (event) => {
    event.preventDefault();
    playing === link ? stop() : play(link);
  });
  link.addEventListener("keydown", (event) => {
    if (event.key !== " ") return;
    event.preventDefault();
    link.click();
  });
}
player.addEventListener("ended", stop);

async function play(link) {
  stop();
  playing = link;
  mark(link, "Stop");
  player.src = link.href;
  try {
    await player.play();
  } catch (error) {
    if (error.name === "AbortError") return; // another one was chosen meanwhile
    if (playing === link) stop();
    mark(link, "No sound");
  }
}

function stop() {
  player.pause();
  if (playing) mark(playing, "Listen");
  playing = null;
}

function mark(link, word) {
  link.firstChild.data = word;
}
