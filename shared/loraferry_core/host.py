"""What the probe found out about a training machine."""

from pydantic import Field

from loraferry_core.bounds import Count, Seconds, Shown
from loraferry_core.config.param import Config
from loraferry_core.guards import GuardState


class Gpu(Config):
    """One graphics card, as `nvidia-smi` tells it."""

    name: Shown
    memory_mb: Count
    free_mb: Count
    compute_capability: Shown
    driver: Shown


class Disk(Config):
    """One mount that could hold work. Inodes are 0 where the file system does not count them."""

    path: Shown
    total_mb: Count
    free_mb: Count
    inodes_free: int = Field(0, ge=0, lt=2**64)
    writable: bool = True


class Interpreter(Config):
    """A Python on the machine and what it can import."""

    path: str
    version: str
    torch: str = ""
    has_venv: bool = False
    has_pip: bool = False
    packages: dict[str, str] = Field({}, description="versions of what the trainer needs, by distribution name")


class HostFacts(Config):
    """The probe's whole report. `home` is where the agent lives; limits are the cgroup's, 0 where there are none."""

    hostname: Shown
    system: Shown
    machine: Shown
    user: Shown
    home: str
    boot_id: str
    cpus: Count
    memory_mb: Count
    memory_limit_mb: Count = 0
    cpu_limit: float = Field(0.0, ge=0)
    gpus: tuple[Gpu, ...] = ()
    disks: tuple[Disk, ...] = ()
    interpreters: tuple[Interpreter, ...] = ()
    codes: tuple[str, ...] = Field((), description="content hashes of the agent code that is already there")
    venvs: tuple[str, ...] = Field((), description="lock hashes of the environments that are complete")
    pythons: dict[str, str] = Field({}, description="the interpreter of each complete environment")
    agent_id: str = ""
    markers: tuple[str, ...] = Field((), description="traces of a vendor: `env:NAME`, `path:/…`, `cmd:NAME`, `host:…`")


class GpuLoad(Config):
    """What a graphics card is doing now."""

    name: Shown
    memory_mb: Count
    used_mb: Count
    load_percent: int = Field(0, ge=0, le=100)
    temperature_c: int = Field(0, ge=-100, le=1000)


class HostLoad(Config):
    """A machine at a moment. `time` is its own clock, in seconds since 1970."""

    time: Seconds
    gpus: tuple[GpuLoad, ...] = ()
    disks: tuple[Disk, ...] = ()
    memory_used_mb: Count = 0
    memory_mb: Count = 0
    guards: GuardState = GuardState()


class HostSetup(Config):
    """What the desktop has decided about a machine, kept in its home for all that run there."""

    vendor: str = "generic"
    caches: str = Field("", description="folder for what can be computed or fetched again; empty: with the rest")
    environment_files: tuple[str, ...] = Field((), description="files of shell assignments that are read, not run")
    environment: dict[str, str] = {}
