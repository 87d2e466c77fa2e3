"""`python -m loraferry` and the command `loraferry`: without arguments the window, with arguments the command line."""

import sys


def main() -> int:
    """Start what the arguments ask for; the exit status."""
    demo = False
    if len(sys.argv) > 1:
        from loraferry import cli

        options = cli.parse(sys.argv[1:])
        if not cli.wants_window(options):
            return cli.run(options)
        demo = True
    from loraferry import app

    return app.main(demo=demo)


if __name__ == "__main__":
    sys.exit(main())
