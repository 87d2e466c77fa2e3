"""Written by `python -m tests.bench.memory --fit`: bytes, as `table` reads them."""

WEIGHTS = {"sd1": 1719110144, "sd2": 1731889664, "sdxl": 5134982144}
ENCODERS = {"sd1": 248584704, "sd2": 684052480, "sdxl": 1645562880}

OPTIMIZERS = {
    "adamw": {"state": 8.0, "step": 4.0},
    "adamw8bit": {"state": 2.03, "step": 4.0},
    "lion": {"state": 4.0, "step": 8.0},
    "adafactor": {"state": 0.02, "step": 4.16},
    "prodigy": {"state": 16.0, "step": 16.0},
    "schedule_free": {"state": 8.0, "step": 20.0},
}
PICTURES = {
    "encode": {"sd1": (334619136, 2572.0), "sd2": (334619136, 2572.0), "sdxl": (334619136, 2572.0)},
    "denoise": {"sd1": (388096, 520.5), "sd2": (466944, 520.5), "sdxl": (1235456, 315.5)},
    "decode": {"sd1": (167467522, 2688.518), "sd2": (167469315, 2688.512), "sdxl": (167913476, 2688.509)},
}
PASSES = {
    "sd1": {
        "lora": {
            False: {
                "latents": 154791.0,
                "feed_forward": 25948.5,
                "projection": 10001.4,
                "convolution": 28224.8,
                "inner": 0.161687,
                "parameters": 3.45442,
            },
            True: {
                "latents": 41981.5,
                "feed_forward": 911.913,
                "projection": 8788.0,
                "convolution": 3465.29,
                "parameters": 2.8532,
            },
        },
        "dora": {
            False: {
                "latents": 223707.0,
                "feed_forward": 134318.0,
                "projection": 32734.3,
                "convolution": 65340.2,
                "inner": 1.24518,
                "parameters": 2.15285,
            },
            True: {
                "latents": 49561.3,
                "feed_forward": 16151.6,
                "projection": 30567.3,
                "convolution": 8407.88,
                "parameters": 2.89639,
            },
        },
        "loha": {
            False: {
                "latents": 148264.0,
                "feed_forward": 33207.0,
                "projection": 11764.6,
                "convolution": 45834.2,
                "parameters": 1.8271,
                "full": 1.71924,
            },
            True: {
                "one": 75170700.0,
                "latents": 23465.4,
                "feed_forward": 5139.8,
                "convolution": 22160.9,
                "parameters": 3.62802,
                "full": 0.539872,
            },
        },
        "lokr": {
            False: {
                "latents": 149645.0,
                "feed_forward": 32305.0,
                "projection": 11129.7,
                "convolution": 35260.1,
                "inner": 0.129275,
                "full": 1.85323,
            },
            True: {
                "latents": 35606.2,
                "projection": 8785.63,
                "convolution": 7493.53,
                "parameters": 194.662,
                "full": 0.279738,
            },
        },
    },
    "sd2": {
        "lora": {
            False: {
                "one": 149424.0,
                "latents": 153160.0,
                "feed_forward": 25513.5,
                "projection": 11141.3,
                "convolution": 21601.1,
                "inner": 1.85153,
                "parameters": 2.11693,
            },
            True: {
                "latents": 42895.5,
                "feed_forward": 633.708,
                "projection": 10357.9,
                "convolution": 4024.58,
                "parameters": 2.33124,
            },
        },
        "dora": {
            False: {
                "latents": 221851.0,
                "feed_forward": 133444.0,
                "projection": 32392.7,
                "convolution": 57652.7,
                "inner": 1.65186,
                "parameters": 2.11015,
            },
            True: {
                "latents": 50428.4,
                "feed_forward": 16059.4,
                "projection": 32014.5,
                "convolution": 8934.86,
                "parameters": 2.612,
            },
        },
        "loha": {
            False: {
                "latents": 150493.0,
                "feed_forward": 30124.4,
                "projection": 11121.2,
                "convolution": 26555.2,
                "parameters": 0.503879,
                "full": 1.78738,
            },
            True: {"latents": 38558.2, "projection": 9515.74, "parameters": 3.73373, "full": 0.419026},
        },
        "lokr": {
            False: {
                "latents": 150623.0,
                "feed_forward": 30183.9,
                "projection": 11137.2,
                "convolution": 25996.4,
                "inner": 0.0833079,
                "full": 1.8106,
            },
            True: {
                "one": 5537670.0,
                "latents": 41232.5,
                "feed_forward": 284.442,
                "projection": 12641.2,
                "convolution": 7713.21,
                "parameters": 66.4394,
                "full": 0.168803,
            },
        },
    },
    "sdxl": {
        "lora": {
            False: {
                "latents": 280671.0,
                "feed_forward": 64078.9,
                "projection": 3622.86,
                "convolution": 28309.1,
                "parameters": 3.23132,
            },
            True: {
                "latents": 27650.9,
                "feed_forward": 1315.51,
                "projection": 494.742,
                "convolution": 11423.6,
                "parameters": 3.22529,
            },
        },
        "dora": {
            False: {
                "latents": 437196.0,
                "feed_forward": 295300.0,
                "projection": 16114.4,
                "convolution": 65027.2,
                "inner": 0.728891,
                "parameters": 2.06561,
            },
            True: {
                "latents": 32508.4,
                "feed_forward": 7419.05,
                "projection": 9204.14,
                "convolution": 12888.9,
                "parameters": 3.18923,
            },
        },
        "loha": {
            False: {
                "latents": 263720.0,
                "feed_forward": 80356.5,
                "projection": 1917.39,
                "convolution": 35208.7,
                "inner": 2.40157,
                "full": 1.66098,
            },
            True: {
                "one": 23026500.0,
                "latents": 20634.1,
                "feed_forward": 4424.54,
                "convolution": 18823.6,
                "parameters": 3.7927,
            },
        },
        "lokr": {
            False: {
                "latents": 264104.0,
                "feed_forward": 80152.2,
                "projection": 1988.79,
                "convolution": 35058.4,
                "inner": 1.94255,
                "full": 1.66695,
            },
            True: {
                "one": 12672000.0,
                "latents": 29350.4,
                "feed_forward": 934.106,
                "projection": 5778.1,
                "convolution": 14399.0,
                "parameters": 29.1499,
            },
        },
    },
}
