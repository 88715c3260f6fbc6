"""python -m podproof.diagrams: write everything generated in docs/ again."""

from podproof.diagrams import pages

if __name__ == "__main__":
    pages.write("docs")
