"""Pre-train the toy base model from nothing: a small but real Stable Diffusion 1.x pipeline for 64 × 64 pictures.

Stages, run in this order (each leaves its result in the `--work` folder; `denoiser` resumes from there):

    render    pictures of random scenes, with captions, and a tokenizer for the captions' words
    vae       the autoencoder, on random scribbles and scenes
    latents   the rendered pictures through the frozen autoencoder, once
    denoiser  UNet and text model together, on the latents
    export    everything as a diffusers folder in fp16
    evaluate  prompts through the exported folder, read back by `loraferry_resources.toy.measure`

    python resources/toy_pretraining/pretrain.py --work /tmp/toy all

`render` to `export` take somewhat over an hour on two idle CPU cores.

The weights in `toy_base` come from this script, but not from one uninterrupted run: the denoiser was stopped and resumed
several times, its schedule was laid out anew for more steps, and captions with made-up words came in at step 4,000.
"""

import argparse
import copy
import itertools
import json
import math
import random
import re
import shutil
import string
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL, DDIMScheduler, DDPMScheduler, StableDiffusionPipeline, UNet2DConditionModel
from PIL import Image, ImageDraw
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from loraferry_resources import toy_base_path
from loraferry_resources.toy import shapes, zorblax

PICTURES = 24_000
CAPTIONS_PER_PICTURE = 4
VAE_STEPS = 1_300
VAE_BATCH = 16
VAE_RATE = 2e-3
SCALING_FACTOR = 0.7
"""Deviation of the latents as the denoiser sees them. Below 1, so that at the last timestep next to nothing is left of
these plain pictures: large areas of one colour shine through more noise than the details of a photograph."""
DENOISER_STEPS = 6_200
DENOISER_BATCH = 32
DENOISER_RATE = 1.2e-3
TEXT_RATE = 6e-4
WARMUP_STEPS = 150
CAPTION_DROPOUT = 0.1
MIN_SNR_GAMMA = 5.0
EMA_DECAY = 0.998
CHECKPOINT_EVERY = 250
TOKENS = 77
SEED = 1

SCHEDULER = {
    "num_train_timesteps": 1000,
    "beta_start": 0.00085,
    "beta_end": 0.012,
    "beta_schedule": "scaled_linear",
    "prediction_type": "epsilon",
}


# ---------------------------------------------------------------------------------------------------------------------
# render
# ---------------------------------------------------------------------------------------------------------------------


def byte_symbols() -> list[str]:
    """The printable character that byte-level BPE uses for each of the 256 bytes, in byte order."""
    printable = [*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAC + 1), *range(0xAE, 0xFF + 1)]
    spare = iter(range(256, 512))
    return [chr(byte) if byte in printable else chr(next(spare)) for byte in range(256)]


def learn_merges(words: list[str]) -> list[tuple[str, str]]:
    """Byte-pair merges, most frequent pair first, until each of the words is a single symbol."""
    spellings = [[*word[:-1], word[-1] + "</w>"] for word in words]
    merges: list[tuple[str, str]] = []
    while True:
        pairs = Counter(pair for symbols in spellings for pair in itertools.pairwise(symbols))
        if not pairs:
            return merges
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        merges.append(best)
        for symbols in spellings:
            k = 0
            while k + 1 < len(symbols):
                if (symbols[k], symbols[k + 1]) == best:
                    symbols[k : k + 2] = ["".join(best)]
                k += 1


def make_tokenizer(folder: Path) -> None:
    """Write vocab.json and merges.txt of a CLIP tokenizer: any text byte by byte, the captions' words as one token each."""
    words = {*shapes.COLOURS, *shapes.SHAPES, *shapes.SIZES, *shapes.BACKGROUNDS, "a", "on", "background"}
    merges = learn_merges(sorted(words))
    symbols = byte_symbols()
    entries = [*symbols, *(s + "</w>" for s in symbols), *("".join(pair) for pair in merges)]
    entries += ["<|startoftext|>", "<|endoftext|>"]
    folder.mkdir(parents=True, exist_ok=True)
    vocabulary = {token: index for index, token in enumerate(entries)}
    (folder / "vocab.json").write_text(json.dumps(vocabulary, ensure_ascii=False), encoding="utf-8")
    lines = ["#version: 0.2", *(" ".join(pair) for pair in merges)]
    (folder / "merges.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    tokenizer = CLIPTokenizer.from_pretrained(folder, model_max_length=TOKENS, local_files_only=True)
    tokenizer.save_pretrained(folder)


def render(work: Path) -> None:
    """Write pictures.npy (uint8, picture × row × column × RGB), captions.json and the tokenizer."""
    rng = random.Random(SEED)
    pictures = np.empty((PICTURES, shapes.PIXELS, shapes.PIXELS, 3), np.uint8)
    captions: list[list[str]] = []
    for index in range(PICTURES):
        scene = shapes.random_scene(rng)
        pictures[index] = np.asarray(shapes.render(scene))
        captions.append([shapes.random_caption(rng, scene) for _ in range(CAPTIONS_PER_PICTURE)])
    np.save(work / "pictures.npy", pictures)
    (work / "captions.json").write_text(json.dumps(captions))
    make_tokenizer(work / "tokenizer")


# ---------------------------------------------------------------------------------------------------------------------
# vae
# ---------------------------------------------------------------------------------------------------------------------


def scribble(rng: random.Random) -> np.ndarray:
    """A picture of a few random blobs in random colours, so that the autoencoder copes with more than the scenes."""
    fine = shapes.PIXELS * 3

    def colour() -> tuple[int, int, int]:
        return rng.randrange(256), rng.randrange(256), rng.randrange(256)

    background = rng.choice(list(shapes.BACKGROUNDS.values())) if rng.random() < 0.5 else colour()
    image = Image.new("RGB", (fine, fine), background)
    draw = ImageDraw.Draw(image)
    for _ in range(rng.randint(2, 7)):
        x, y, radius = rng.uniform(0, fine), rng.uniform(0, fine), fine * rng.uniform(0.03, 0.35)
        kind = rng.randrange(3)
        if kind == 0:
            aspect = rng.uniform(0.6, 1.4)
            draw.ellipse((x - radius, y - radius * aspect, x + radius, y + radius * aspect), fill=colour())
        elif kind == 1:
            corners = [(x + rng.uniform(-1, 1) * radius, y + rng.uniform(-1, 1) * radius) for _ in range(4)]
            draw.polygon(corners, fill=colour())
        else:
            end = (x + rng.uniform(-2, 2) * radius, y + rng.uniform(-2, 2) * radius)
            draw.line(((x, y), end), fill=colour(), width=rng.randint(3, 24))
    return np.asarray(image.reduce(3))


def as_pixels(pictures: np.ndarray) -> torch.Tensor:
    """uint8 pictures (n × row × column × RGB) as a float tensor n × RGB × row × column in −1 … 1."""
    tensor = torch.from_numpy(np.ascontiguousarray(pictures)).permute(0, 3, 1, 2).float() / 127.5 - 1.0
    return tensor.contiguous(memory_format=torch.channels_last)


def new_vae() -> AutoencoderKL:
    return AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * 3,
        up_block_types=("UpDecoderBlock2D",) * 3,
        block_out_channels=(24, 48, 48),
        layers_per_block=1,
        latent_channels=4,
        norm_num_groups=8,
        sample_size=shapes.PIXELS,
    )


def cosine_rate(step: int, steps: int, warmup: int) -> float:
    """Factor on the learning rate: linear warm-up, then a half cosine down to 1 %."""
    if step < warmup:
        return (step + 1) / warmup
    return 0.01 + 0.99 * 0.5 * (1.0 + math.cos(math.pi * min(1.0, (step - warmup) / (steps - warmup))))


def train_vae(work: Path) -> None:
    """Train the autoencoder on half scribbles, half scenes; write it to `vae`.

    At first the first three latent channels are drawn towards the picture itself, shrunk to 16 × 16. Without this guide
    the group normalisations take thousands of steps to let absolute colours through.
    """
    pictures = np.load(work / "pictures.npy", mmap_mode="r")
    rng = random.Random(SEED + 1)
    torch.manual_seed(SEED)
    vae = new_vae().to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(vae.parameters(), lr=VAE_RATE, betas=(0.9, 0.99), weight_decay=0.0, fused=True)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: cosine_rate(step, VAE_STEPS, 50))
    started = time.monotonic()
    for step in range(1, VAE_STEPS + 1):
        scenes = pictures[sorted(rng.sample(range(PICTURES), VAE_BATCH // 2))]
        pixels = as_pixels(np.concatenate([scenes, np.stack([scribble(rng) for _ in range(VAE_BATCH // 2)])]))
        posterior = vae.encode(pixels).latent_dist
        error = vae.decode(posterior.sample()).sample - pixels
        kl = 0.5 * (posterior.mean.square() + posterior.var - 1.0 - posterior.logvar).mean()
        guide = (posterior.mean[:, :3] - torch.nn.functional.avg_pool2d(pixels, 4)).square().mean()
        guided = max(0.01, 1.0 - step / 500)
        loss = error.square().mean() + 0.5 * error.abs().mean() + guided * guide + 1e-4 * kl
        loss.backward()
        torch.nn.utils.clip_grad_norm_(vae.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        schedule.step()
        if step % 25 == 0:
            mse, spent = error.detach().square().mean().item(), time.monotonic() - started
            print(f"vae {step} mse {mse:.5f} guide {guide.item():.4f} kl {kl.item():.2f} {spent:.0f} s", flush=True)
        if step % CHECKPOINT_EVERY == 0:
            vae.save_pretrained(work / "vae")


# ---------------------------------------------------------------------------------------------------------------------
# latents
# ---------------------------------------------------------------------------------------------------------------------


@torch.no_grad()
def standardize(vae: AutoencoderKL, latents: torch.Tensor) -> torch.Tensor:
    """Give every latent channel mean 0 and deviation 1, and rewrite the autoencoder's 1 × 1 convolutions to match."""
    mean, deviation = latents.mean(dim=(0, 2, 3)), latents.std(dim=(0, 2, 3))
    channels = len(mean)
    into, out = vae.quant_conv, vae.post_quant_conv
    into.weight[:channels] /= deviation[:, None, None, None]
    into.bias[:channels] = (into.bias[:channels] - mean) / deviation
    into.bias[channels:] -= 2.0 * deviation.log()
    out.bias += out.weight[:, :, 0, 0] @ mean
    out.weight *= deviation[None, :, None, None]
    return (latents - mean[None, :, None, None]) / deviation[None, :, None, None]


@torch.no_grad()
def encode_latents(work: Path) -> None:
    """Write latents.pt (picture × 4 × 16 × 16, scaled for the denoiser), and the scaling factor into the autoencoder."""
    vae = AutoencoderKL.from_pretrained(work / "vae", local_files_only=True).to(memory_format=torch.channels_last)
    pictures = np.load(work / "pictures.npy", mmap_mode="r")
    parts = []
    for start in range(0, PICTURES, 64):
        parts.append(vae.encode(as_pixels(pictures[start : start + 64])).latent_dist.mean)
    latents = standardize(vae, torch.cat(parts).contiguous())
    vae.register_to_config(scaling_factor=SCALING_FACTOR)
    vae.save_pretrained(work / "vae")
    torch.save(latents * SCALING_FACTOR, work / "latents.pt")
    print(f"latents {tuple(latents.shape)} deviation {(latents * SCALING_FACTOR).std().item():.3f}", flush=True)


# ---------------------------------------------------------------------------------------------------------------------
# denoiser
# ---------------------------------------------------------------------------------------------------------------------


class Denoiser(torch.nn.Module):
    """UNet and text model, trained as one."""

    def __init__(self, tokenizer: CLIPTokenizer) -> None:
        super().__init__()
        self.text = CLIPTextModel(
            CLIPTextConfig(
                vocab_size=len(tokenizer),
                hidden_size=128,
                intermediate_size=512,
                projection_dim=128,
                num_hidden_layers=2,
                num_attention_heads=4,
                max_position_embeddings=TOKENS,
                hidden_act="quick_gelu",
                bos_token_id=tokenizer.bos_token_id,
                eos_token_id=tokenizer.eos_token_id,
                pad_token_id=tokenizer.pad_token_id,
            )
        )
        self.unet = UNet2DConditionModel(
            sample_size=shapes.PIXELS // 4,
            in_channels=4,
            out_channels=4,
            down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
            up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
            block_out_channels=(48, 96, 96),
            layers_per_block=1,
            cross_attention_dim=128,
            attention_head_dim=4,
            norm_num_groups=16,
        )

    def forward(self, noisy: torch.Tensor, steps: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
        """Predicted noise (n × 4 × 16 × 16) for noisy latents, their timesteps (n) and caption tokens (n × 77)."""
        states = self.text(tokens).last_hidden_state
        return self.unet(noisy, steps, encoder_hidden_states=states).sample


def with_unknown_word(rng: random.Random, caption: str) -> str:
    """The caption with a made-up word for colour and shape, so that size and background are heeded beside any word."""
    word = "".join(rng.choices(string.ascii_lowercase, k=rng.randint(3, 8)))
    if word == zorblax.TRIGGER:
        return caption
    return re.sub(f"({'|'.join(shapes.COLOURS)}),? ({'|'.join(shapes.SHAPES)})", word, caption)


def tokenize(work: Path, tokenizer: CLIPTokenizer) -> tuple[torch.Tensor, torch.Tensor]:
    """Token ids of all captions (picture × caption × 77), and of the empty caption (77).

    Each picture gets one more caption, of which only size and background are understood.
    """

    def ids(texts: list[str]) -> torch.Tensor:
        return tokenizer(texts, padding="max_length", max_length=TOKENS, return_tensors="pt").input_ids

    rng = random.Random(SEED + 2)
    captions: list[list[str]] = json.loads((work / "captions.json").read_text())
    for several in captions:
        several.append(with_unknown_word(rng, several[0]))
    known = sorted({text for several in captions for text in several})
    table = dict(zip(known, ids(known), strict=True))
    rows = [torch.stack([table[text] for text in several]) for several in captions]
    return torch.stack(rows), ids([""])[0]


def loss_weights(scheduler: DDPMScheduler) -> tuple[torch.Tensor, torch.Tensor]:
    """For each timestep: how often to draw it (sums to 1), and the min-SNR weight of its squared error."""
    kept = scheduler.alphas_cumprod
    snr = kept / (1.0 - kept)
    weight = snr.clamp(max=MIN_SNR_GAMMA) / snr
    often = 0.5 + torch.sigmoid((torch.arange(len(kept)) - 450.0) / 80.0)
    return often / often.sum(), weight


@torch.no_grad()
def update_average(average: torch.nn.Module, model: torch.nn.Module, step: int) -> None:
    """Move the exponential moving average of the weights towards the model; early on it follows faster."""
    decay = min(EMA_DECAY, (1.0 + step) / (10.0 + step))
    for mean, value in zip(average.parameters(), model.parameters(), strict=True):
        mean.lerp_(value, 1.0 - decay)


def make_optimizer(model: Denoiser, steps: int) -> tuple[torch.optim.Optimizer, torch.optim.lr_scheduler.LRScheduler]:
    groups = [
        {"params": list(model.unet.parameters()), "lr": DENOISER_RATE},
        {"params": list(model.text.parameters()), "lr": TEXT_RATE},
    ]
    optimizer = torch.optim.AdamW(groups, betas=(0.9, 0.99), weight_decay=0.0, fused=True)
    return optimizer, torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: cosine_rate(step, steps, WARMUP_STEPS))


def batches(work: Path, tokenizer: CLIPTokenizer, share: int, seed: int) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Endless batches: `share` clean latents (n × 4 × 16 × 16) and the tokens of a caption for each (n × 77)."""
    latents = torch.load(work / "latents.pt")
    tokens, no_tokens = tokenize(work, tokenizer)
    generator = torch.Generator().manual_seed(seed)
    while True:
        picked = torch.randint(len(latents), (share,), generator=generator)
        which = torch.randint(tokens.shape[1], (share,), generator=generator)
        dropped = torch.rand(share, generator=generator) < CAPTION_DROPOUT
        caption = torch.where(dropped[:, None], no_tokens, tokens[picked, which])
        yield latents[picked].contiguous(memory_format=torch.channels_last), caption


def share_gradients(model: torch.nn.Module, workers: int) -> None:
    """Replace every gradient by its mean over the worker processes."""
    gradients = [value.grad for value in model.parameters() if value.grad is not None]
    flat = torch.cat([gradient.flatten() for gradient in gradients]) / workers
    torch.distributed.all_reduce(flat)
    for gradient, mean in zip(gradients, flat.split([g.numel() for g in gradients]), strict=True):
        gradient.copy_(mean.view(gradient.shape))


def denoiser_worker(rank: int, workers: int, work: Path, steps: int) -> None:
    """Train on this process's share of each batch; keep everything in denoiser.pt, and resume there."""
    torch.set_num_threads(1)
    meeting_point = (work / "workers").as_uri()
    torch.distributed.init_process_group("gloo", init_method=meeting_point, rank=rank, world_size=workers)
    tokenizer = CLIPTokenizer.from_pretrained(work / "tokenizer", local_files_only=True)
    scheduler = DDPMScheduler(**SCHEDULER)
    often, weight = loss_weights(scheduler)
    torch.manual_seed(SEED)
    model = Denoiser(tokenizer).to(memory_format=torch.channels_last)
    average = copy.deepcopy(model).requires_grad_(False)
    optimizer, schedule = make_optimizer(model, steps)
    parts = {"model": model, "average": average, "optimizer": optimizer, "schedule": schedule}
    first = 1
    if (work / "denoiser.pt").exists():
        saved = torch.load(work / "denoiser.pt")
        for name, part in parts.items():
            part.load_state_dict(saved[name])
        first = saved["step"] + 1
    torch.manual_seed(SEED + 10 * first + rank)
    losses, started = [], time.monotonic()
    data = batches(work, tokenizer, DENOISER_BATCH // workers, SEED + 10 * first + rank)
    for step, (clean, caption) in zip(range(first, steps + 1), data, strict=False):
        when = torch.multinomial(often, len(clean), replacement=True)
        noise = torch.randn_like(clean)
        error = model(scheduler.add_noise(clean, noise, when), when, caption) - noise
        loss = (weight[when] * error.square().mean(dim=(1, 2, 3))).mean()
        loss.backward()
        share_gradients(model, workers)
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        schedule.step()
        update_average(average, model, step)
        losses.append(error.detach().square().mean().item())
        if rank == 0 and step % 50 == 0:
            mean = sum(losses[-50:]) / len(losses[-50:])
            print(f"denoiser {step} loss {mean:.4f} {time.monotonic() - started:.0f} s", flush=True)
        if rank == 0 and (step % CHECKPOINT_EVERY == 0 or step == steps):
            states = {name: part.state_dict() for name, part in parts.items()}
            torch.save({**states, "step": step}, work / "denoiser.pt.new")
            (work / "denoiser.pt.new").replace(work / "denoiser.pt")


def train_denoiser(work: Path, steps: int, workers: int) -> None:
    """Train UNet and text model together on cached latents.

    One thread in each of several processes: unlike several threads in one, they lose little when the machine is busy.
    """
    (work / "workers").unlink(missing_ok=True)
    torch.multiprocessing.spawn(denoiser_worker, (workers, work, steps), nprocs=workers)


# ---------------------------------------------------------------------------------------------------------------------
# export and evaluate
# ---------------------------------------------------------------------------------------------------------------------


def export(work: Path, target: Path) -> None:
    """Write the averaged weights as a diffusers folder in fp16."""
    tokenizer = CLIPTokenizer.from_pretrained(work / "tokenizer", local_files_only=True)
    model = Denoiser(tokenizer)
    saved = torch.load(work / "denoiser.pt")
    model.load_state_dict(saved["average"])
    pipeline = StableDiffusionPipeline(
        vae=AutoencoderKL.from_pretrained(work / "vae", local_files_only=True),
        text_encoder=model.text,
        tokenizer=tokenizer,
        unet=model.unet,
        scheduler=DDIMScheduler(**SCHEDULER, steps_offset=1, clip_sample=False, set_alpha_to_one=False),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    pipeline.to(torch.float16).save_pretrained(target, safe_serialization=True)
    # diffusers loads in fp32 unless told otherwise, transformers in what this file names: let the two agree.
    config = target / "text_encoder" / "config.json"
    config.write_text(config.read_text(encoding="utf-8").replace('"float16"', '"float32"'), encoding="utf-8")
    for name in ("vocab.json", "merges.txt"):
        shutil.copy(work / "tokenizer" / name, target / "tokenizer" / name)
    size = sum(path.stat().st_size for path in target.rglob("*") if path.is_file())
    print(f"exported step {saved['step']} to {target}, {size / 1e6:.2f} MB", flush=True)


@torch.inference_mode()
def evaluate(base: Path, count: int) -> None:
    """Print how often the exported model draws the colour and the shape that the prompt asks for."""
    from loraferry_resources.toy import measure

    pipeline = StableDiffusionPipeline.from_pretrained(
        base, safety_checker=None, local_files_only=True, dtype=torch.float32
    )
    pipeline.set_progress_bar_config(disable=True)
    scenes = shapes.evaluation_scenes(count, seed=7_000)
    right: Counter[str] = Counter()
    for start in range(0, count, 25):
        batch = scenes[start : start + 25]
        generators = [torch.Generator().manual_seed(50_000 + start + k) for k in range(len(batch))]
        prompts = [shapes.prompt(scene) for scene in batch]
        images = pipeline(prompts, num_inference_steps=20, guidance_scale=2.0, generator=generators).images
        for scene, image in zip(batch, images, strict=True):
            reading = measure.read(image)
            right["colour"] += reading.colour == scene.colour
            right["shape"] += reading.shape == scene.shape
            right["both"] += reading.colour == scene.colour and reading.shape == scene.shape
    print({name: number / count for name, number in right.items()}, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True, help="folder for intermediate results")
    parser.add_argument("--steps", type=int, default=DENOISER_STEPS, help="steps of the denoiser")
    parser.add_argument("--workers", type=int, default=2, help="processes of the denoiser; they divide the batch of 32")
    parser.add_argument("--target", type=Path, default=toy_base_path(), help="folder to export to")
    parser.add_argument("--count", type=int, default=128, help="prompts to evaluate")
    parser.add_argument("stage", choices=["render", "vae", "latents", "denoiser", "export", "evaluate", "all"])
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    stages = {
        "render": lambda: render(options.work),
        "vae": lambda: train_vae(options.work),
        "latents": lambda: encode_latents(options.work),
        "denoiser": lambda: train_denoiser(options.work, options.steps, options.workers),
        "export": lambda: export(options.work, options.target),
        "evaluate": lambda: evaluate(options.target, options.count),
    }
    for name, run in stages.items():
        if options.stage in (name, "all"):
            run()


if __name__ == "__main__":
    main()
