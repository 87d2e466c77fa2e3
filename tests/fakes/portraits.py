"""Draws people whose faces a real detector finds, and says where the real detector may lie."""

from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter

SHARED_MODEL = Path("/work/shared/data/face_detection_yunet_2026may.onnx")
"""Where the model lies on machines that have it for tests; the project does not contain it."""

SKIN, SHADE, HAIR, LIPS = (224, 172, 140), (205, 150, 120), (50, 35, 25), (170, 70, 70)


def portrait(
    size: tuple[int, int] = (400, 500), faces: tuple[tuple[float, float, float], ...] = ((200, 190, 120),)
) -> Image.Image:
    """People on a plain ground; each of `faces` is (x, y of the middle of the face, its width) in pixels. A face is 1.3
    times as high as it is wide."""
    image = Image.new("RGB", size, (120, 140, 150))
    draw = ImageDraw.Draw(image)
    for x, y, width in faces:
        _body(draw, x, y, width)
        _face(draw, x, y, width)
    return image.filter(ImageFilter.GaussianBlur(max(0.5, min(width for _, _, width in faces) / 60)))


def _body(draw: ImageDraw.ImageDraw, x: float, y: float, w: float) -> None:
    h = w * 1.3
    draw.ellipse((x - w * 0.62, y - h * 0.75, x + w * 0.62, y + h * 0.35), fill=HAIR)
    draw.rectangle((x - w * 0.2, y + h * 0.3, x + w * 0.2, y + h * 0.8), fill=SHADE)
    draw.ellipse((x - w * 1.1, y + h * 0.62, x + w * 1.1, y + h * 1.8), fill=(60, 70, 110))
    draw.ellipse((x - w / 2, y - h / 2, x + w / 2, y + h / 2), fill=SKIN)


def _face(draw: ImageDraw.ImageDraw, x: float, y: float, w: float) -> None:
    h = w * 1.3
    for side in (-1, 1):
        eye_x, eye_y = x + side * w * 0.2, y - h * 0.08
        draw.ellipse((eye_x - w * 0.1, eye_y - w * 0.055, eye_x + w * 0.1, eye_y + w * 0.055), fill="white")
        draw.ellipse((eye_x - w * 0.045, eye_y - w * 0.05, eye_x + w * 0.045, eye_y + w * 0.05), fill=HAIR)
        brow = (eye_x - w * 0.12, eye_y - w * 0.13, eye_x + w * 0.12, eye_y - w * 0.14)
        draw.line(brow, fill=HAIR, width=max(2, int(w * 0.035)))
        nostril = x + side * w * 0.04
        draw.ellipse((nostril - w * 0.02, y + h * 0.11, nostril + w * 0.02, y + h * 0.145), fill=(120, 70, 60))
    draw.polygon([(x, y - h * 0.02), (x - w * 0.08, y + h * 0.14), (x + w * 0.08, y + h * 0.14)], fill=SHADE)
    draw.ellipse((x - w * 0.17, y + h * 0.23, x + w * 0.17, y + h * 0.31), fill=LIPS)
    mouth = (x - w * 0.17, y + h * 0.265, x + w * 0.17, y + h * 0.265)
    draw.line(mouth, fill=(120, 40, 40), width=max(1, int(w * 0.02)))
